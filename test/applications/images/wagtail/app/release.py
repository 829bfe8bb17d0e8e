"""The release command: migrations, and the first user if there is none."""

import os

import django
from django.contrib.auth import get_user_model
from django.core.management import call_command

django.setup()
call_command("migrate", interactive=False)
users = get_user_model().objects
if not users.filter(username="admin").exists():
    users.create_superuser("admin", "admin@example.com", os.environ["ADMIN_PASSWORD"])
