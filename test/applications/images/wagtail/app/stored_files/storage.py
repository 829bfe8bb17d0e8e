"""Keeps uploaded files as rows. For files of some megabytes; more and larger ones belong into object storage."""

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from .models import StoredFile


class DatabaseStorage(Storage):
    def _open(self, name: str, mode: str = "rb") -> File:
        return ContentFile(bytes(StoredFile.objects.get(name=name).content), name)

    def _save(self, name: str, content: File) -> str:
        StoredFile.objects.create(name=name, content=b"".join(content.chunks()))
        return name

    def delete(self, name: str) -> None:
        StoredFile.objects.filter(name=name).delete()

    def exists(self, name: str) -> bool:
        return StoredFile.objects.filter(name=name).exists()

    def size(self, name: str) -> int:
        return len(StoredFile.objects.get(name=name).content)
