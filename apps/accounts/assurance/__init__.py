"""How sure we are who sits there: levels, sensitive acts, stepping up, lost factors.

Other apps ask one question, ``demands.require(request, "definition.publish")``, before they do
what is sensitive. Which act needs how much stands in ``acts``; how a session is judged in
``levels``; the request that waits while somebody confirms who they are in ``tickets``.
"""
