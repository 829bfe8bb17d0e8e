from django.db import models


class StoredFile(models.Model):
    name = models.CharField(max_length=255, primary_key=True)
    content = models.BinaryField()
