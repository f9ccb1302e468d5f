from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0010_doubtful_arrivals"),
    ]

    operations = [
        migrations.AddField(
            model_name="destinationgate",
            name="delivered_count",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="destinationgate",
            name="failure_counts",
            field=models.JSONField(default=dict),
        ),
    ]
