from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    operations = (
        migrations.CreateModel("StoredFile", [
            ("name", models.CharField(max_length=255, primary_key=True, serialize=False)),
            ("content", models.BinaryField()),
        ]),
    )
