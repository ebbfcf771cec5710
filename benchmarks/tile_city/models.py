from django.contrib.gis.db import models


class Thing(models.Model):
    kind = models.TextField()
    name = models.TextField()
    state = models.TextField()
    level = models.IntegerField()
    geometry = models.GeometryField(srid=4326)

    class Meta:
        abstract = True


class Spot(Thing):
    class Meta:
        managed = False
        db_table = "bench_points"


class Building(Thing):
    class Meta:
        managed = False
        db_table = "bench_polygons"
