"""What this site has set beside Wagtail's template; settings/production.py reads it last."""

import os

import dj_database_url

from .base import INSTALLED_APPS, MIDDLEWARE, STORAGES

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = [os.environ["SITE_HOSTNAME"]]
WAGTAILADMIN_BASE_URL = f"https://{ALLOWED_HOSTS[0]}"

# Who asks came by HTTPS if the web node says so.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

DATABASES = {"default": dj_database_url.config(conn_max_age=60, conn_health_checks=True)}

# Static files come from the application; /up is a file, which needs neither a session nor the database.
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")
WHITENOISE_ROOT = "/app/public"
STORAGES["staticfiles"]["BACKEND"] = "whitenoise.storage.CompressedManifestStaticFilesStorage"

# What is uploaded outlives the node, because it is in the database.
INSTALLED_APPS.append("stored_files")
STORAGES["default"]["BACKEND"] = "stored_files.storage.DatabaseStorage"
