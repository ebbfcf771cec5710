"""The pages of agents and keepers, and the addresses channels report to."""
