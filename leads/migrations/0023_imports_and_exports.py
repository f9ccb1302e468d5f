import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0022_merging"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="asked for"
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("csv", "CSV: text for any program"), ("xlsx", "XLSX: Excel workbook")],
                        default="csv",
                        max_length=4,
                        verbose_name="format",
                    ),
                ),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="filters")),
                ("lead_ids", models.JSONField(default=list)),
                ("language", models.CharField(max_length=10)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for a worker"),
                            ("running", "Under way"),
                            ("done", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "File deleted"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "disk_full",
                                "The disk for exports is full. Tell who looks after this installation, then try again.",
                            ),
                            ("file", "The file could not be written. Tell who looks after this installation."),
                            ("gone", "The file is no longer there. Export once more."),
                            ("not_permitted", "Whoever asked for it may no longer export leads."),
                            (
                                "too_many",
                                "These are more leads than a workbook takes. Choose CSV, or filter the list further.",
                            ),
                            ("filter", "The filter is no longer understood. Filter the list anew."),
                            ("defect", "Lead CRM made an error of its own. Its log says where."),
                        ],
                        max_length=15,
                    ),
                ),
                ("file", models.CharField(blank=True, max_length=100)),
                ("cursor", models.UUIDField(null=True)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("found", models.PositiveIntegerField(null=True)),
                ("done", models.PositiveIntegerField(default=0, verbose_name="leads")),
                ("held_back", models.PositiveIntegerField(default=0)),
                ("worked_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-id"],
                "permissions": [("export_lead", "Can export leads to files")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("encrypted_rows", models.TextField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="file")),
                ("headers", models.JSONField(default=list)),
                ("header_key", models.CharField(max_length=64)),
                ("columns", models.JSONField(default=list)),
            ],
            options={
                "verbose_name": "imported file",
                "verbose_name_plural": "imported files",
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="asked for"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "Columns to choose"),
                            ("checking", "Being checked"),
                            ("checked", "Ready to import"),
                            ("importing", "Being imported"),
                            ("done", "Imported"),
                            ("reverting", "Being reverted"),
                            ("reverted", "Reverted"),
                            ("discarded", "Not imported"),
                            ("stopped", "Stopped"),
                        ],
                        default="mapping",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("day_first", models.BooleanField(default=False)),
                ("forwards", models.BooleanField(default=False)),
                ("gives_owners", models.BooleanField(default=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("chunks", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("checked", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "stopped_in",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("mapping", "Columns to choose"),
                            ("checking", "Being checked"),
                            ("checked", "Ready to import"),
                            ("importing", "Being imported"),
                            ("done", "Imported"),
                            ("reverting", "Being reverted"),
                            ("reverted", "Reverted"),
                            ("discarded", "Not imported"),
                            ("stopped", "Stopped"),
                        ],
                        max_length=10,
                    ),
                ),
                ("worked_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "ordering": ["-id"],
                "permissions": [("import_lead", "Can import leads from files")],
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("new", "New lead"),
                            ("joins", "Another touch of a known lead"),
                            ("known", "Known already"),
                            ("faulty", "With errors"),
                        ],
                        max_length=6,
                    ),
                ),
                ("problems", models.JSONField(default=list)),
                ("key", models.CharField(max_length=64)),
                ("join_key", models.CharField(blank=True, max_length=64)),
                ("is_made", models.BooleanField(default=False)),
                ("before", models.JSONField(null=True)),
                (
                    "stays",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sent", "It was sent to a destination."),
                            ("worked_on", "Somebody worked on the lead."),
                            ("needed", "Something else refers to it."),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "default_permissions": (),
            },
        ),
        migrations.AddField(
            model_name="endpoint",
            name="is_for_files",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_for_files", True)), fields=("is_for_files",), name="one_endpoint_for_files"
            ),
        ),
        migrations.AddField(
            model_name="exportjob",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="asked for by",
            ),
        ),
        migrations.AddField(
            model_name="importchunk",
            name="file",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.importfile"
            ),
        ),
        migrations.AddField(
            model_name="importjob",
            name="asked_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="asked for by",
            ),
        ),
        migrations.AddField(
            model_name="importfile",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="files", to="leads.importjob"
            ),
        ),
        migrations.AddField(
            model_name="importchunk",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contents",
                to="leads.importjob",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="file",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="leads.importfile"
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="job",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="imported",
                to="leads.importjob",
            ),
        ),
        migrations.AddField(
            model_name="importrow",
            name="touch",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="imported_from", to="leads.touch"
            ),
        ),
        migrations.AddIndex(
            model_name="exportjob",
            index=models.Index(
                condition=models.Q(("state__in", ("waiting", "running"))), fields=["id"], name="export_job_open"
            ),
        ),
        migrations.AddIndex(
            model_name="exportjob",
            index=models.Index(fields=["asked_by", "-id"], name="export_job_whose"),
        ),
        migrations.AddIndex(
            model_name="importjob",
            index=models.Index(
                condition=models.Q(("state__in", ("checking", "importing", "reverting"))),
                fields=["id"],
                name="import_job_under_way",
            ),
        ),
        migrations.AddIndex(
            model_name="importfile",
            index=models.Index(fields=["header_key", "-id"], name="import_file_headers"),
        ),
        migrations.AddConstraint(
            model_name="importchunk",
            constraint=models.UniqueConstraint(fields=("job", "number"), name="one_chunk_per_number"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["job", "outcome", "id"], name="import_row_outcome"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(fields=["job", "key"], name="import_row_key"),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(
                condition=models.Q(("join_key", ""), _negated=True), fields=["job", "join_key"], name="import_row_join"
            ),
        ),
        migrations.AddIndex(
            model_name="importrow",
            index=models.Index(condition=models.Q(("is_made", True)), fields=["job", "id"], name="import_row_made"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(fields=("file", "line"), name="one_import_row_per_line"),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("touch__isnull", False)), fields=("key",), name="imported_once"
            ),
        ),
    ]
