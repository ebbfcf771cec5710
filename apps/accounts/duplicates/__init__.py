"""Two accounts of one colleague: finding them, and making one of them.

``reading`` finds likely pairs and says why, ``services`` plans and does a merger, ``acts`` makes
it wait for a second person. AC-01, AC-09.
"""
