"""The pages of agents: desk, calls, knowledge; and the address an exchange reports to."""
