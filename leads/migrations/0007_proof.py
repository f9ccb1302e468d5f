"""What a check found moves to a row of its own, beside that of the test lead."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def move_checks(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    Proof, Destination = apps.get_model("leads", "Proof"), apps.get_model("leads", "Destination")
    Proof.objects.bulk_create(
        Proof(destination=checked, kind="check", finished_at=checked.checked_at, steps=checked.check_steps)
        for checked in Destination.objects.exclude(checked_at=None)
    )


def move_back(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    Proof, Destination = apps.get_model("leads", "Proof"), apps.get_model("leads", "Destination")
    for proof in Proof.objects.filter(kind="check"):
        Destination.objects.filter(pk=proof.destination_id).update(
            checked_at=proof.finished_at, check_steps=proof.steps
        )


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_notice_told")]

    operations = [
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("check", "Check"), ("test_lead", "Test lead")], max_length=10)),
                ("asked_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("steps", models.JSONField(default=list)),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="proofs", to="leads.destination"
                    ),
                ),
            ],
            options={
                "verbose_name": "proof",
                "verbose_name_plural": "proofs",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("asked_at__isnull", False)), fields=["asked_at"], name="proof_asked"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("destination", "kind"), name="one_proof_of_a_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("started_at", None), ("asked_at__isnull", False), _connector="OR"),
                        name="started_proof_was_asked",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="destinationgate",
            name="last_failure_cause",
            field=models.CharField(blank=True, max_length=60, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(move_checks, move_back),
        migrations.RemoveField(model_name="destination", name="check_steps"),
        migrations.RemoveField(model_name="destination", name="checked_at"),
    ]
