"""Ways of proving who one is beyond those of allauth: a text message, a certificate.

``phone`` sends and takes codes by text message, ``certificates`` binds a card (U盾) to an
account and judges what it signed, ``checking`` says who judges certificates here. Which level
each is worth stands in ``apps.accounts.assurance.levels``.
"""
