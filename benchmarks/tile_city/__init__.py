"""The city of ``tiles``: a table of points and one of polygons, as layers of the product.

The tables are made by the benchmark; both servers draw them. The layers are read by people of
the staff only, so that a tile of ours is asked for with a session and by right, as in life.
"""
