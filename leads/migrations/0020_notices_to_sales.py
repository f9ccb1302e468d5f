import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import leads.models.ids
import leads.models.people


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "__first__"),
        ("leads", "0019_turns_and_rescoring"),
    ]

    operations = [
        migrations.CreateModel(
            name="SalesNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=leads.models.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("given", "Lead given"),
                            ("new", "New lead"),
                            ("again", "Person came again"),
                            ("due_soon", "Answer due soon"),
                            ("overdue", "Answer overdue"),
                            ("handed_on", "Lead handed on"),
                            ("task_due", "Task due"),
                            ("unattended", "Unattended leads"),
                        ],
                        max_length=15,
                        verbose_name="kind",
                    ),
                ),
                ("address", models.EmailField(blank=True, max_length=254, verbose_name="address")),
                ("event", models.CharField(max_length=120)),
                ("leads_told", models.PositiveIntegerField(default=0, verbose_name="leads")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="made"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("failed", "Could not be sent"),
                            ("kept", "Shown here only"),
                            ("over", "Over before it was sent"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                (
                    "next_attempt_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="next try"),
                ),
                ("sent_at", models.DateTimeField(null=True, verbose_name="sent")),
                ("fault", models.CharField(blank=True, max_length=200, verbose_name="why it was not sent")),
            ],
            options={
                "verbose_name": "notice to sales",
                "verbose_name_plural": "notices to sales",
                "ordering": ["-id"],
                "default_permissions": ("view",),
            },
        ),
        migrations.AddField(
            model_name="assignmentrule",
            name="also_told",
            field=models.JSONField(blank=True, default=list, verbose_name="also told"),
        ),
        migrations.AddField(
            model_name="profile",
            name="digest_times",
            field=models.JSONField(
                blank=True, default=leads.models.people.usual_digest_times, verbose_name="times of the collected ones"
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="quiet",
            field=models.CharField(
                choices=[
                    ("off_work", "Outside my working hours, and while I am away"),
                    ("between", "Every day between two times, and while I am away"),
                    ("never", "Never"),
                ],
                default="off_work",
                max_length=10,
                verbose_name="leave me alone",
            ),
        ),
        migrations.AddField(
            model_name="profile",
            name="quiet_from",
            field=models.TimeField(blank=True, null=True, verbose_name="from"),
        ),
        migrations.AddField(
            model_name="profile",
            name="quiet_until",
            field=models.TimeField(blank=True, null=True, verbose_name="until"),
        ),
        migrations.AddField(
            model_name="profile",
            name="urgent_at_any_time",
            field=models.BooleanField(default=False, verbose_name="what is urgent may come at any time"),
        ),
        migrations.AddField(
            model_name="profile",
            name="ways",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="task",
            name="is_told",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name="team",
            name="calendar",
            field=models.ForeignKey(
                blank=True,
                help_text="Outside them nothing is said in the chat. Without any it is told at every hour.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="leads.calendar",
                verbose_name="working hours",
            ),
        ),
        migrations.AddField(
            model_name="team",
            name="chat_kinds",
            field=models.JSONField(
                blank=True, default=leads.models.people.usual_chat_kinds, verbose_name="told in the chat"
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("sent", "Sent"),
                    ("failed", "Could not be sent"),
                    ("kept", "Shown here only"),
                    ("over", "Over before it was sent"),
                ],
                default="waiting",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("done_at", None), ("is_told", False)), fields=["due_at"], name="task_to_tell"
            ),
        ),
        migrations.AddField(
            model_name="salesnotice",
            name="lead",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="leads.lead",
                verbose_name="lead",
            ),
        ),
        migrations.AddField(
            model_name="salesnotice",
            name="team",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="leads.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="salesnotice",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sales_notices",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddIndex(
            model_name="salesnotice",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_attempt_at"], name="sales_notice_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="salesnotice",
            index=models.Index(
                condition=models.Q(("state", "waiting"), ("user__isnull", False)),
                fields=["user", "next_attempt_at"],
                name="sales_notice_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="salesnotice",
            index=models.Index(
                condition=models.Q(("user__isnull", False)), fields=["user", "-id"], name="sales_notice_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="salesnotice",
            index=models.Index(fields=["state", "-id"], name="sales_notice_state"),
        ),
        migrations.AddIndex(
            model_name="salesnotice",
            index=models.Index(condition=models.Q(("lead__isnull", False)), fields=["lead"], name="sales_notice_lead"),
        ),
        migrations.AddConstraint(
            model_name="salesnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("address", ""), ("team", None), ("user__isnull", False)),
                    models.Q(("address", ""), ("team__isnull", False), ("user", None)),
                    models.Q(("team", None), ("user", None), models.Q(("address", ""), _negated=True)),
                    _connector="OR",
                ),
                name="sales_notice_has_one_recipient",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesnotice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sent"), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="sent_to_sales_has_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)),
                fields=("user", "event", "kind"),
                name="told_once_each_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("team__isnull", False)),
                fields=("team", "event", "kind"),
                name="told_once_each_team",
            ),
        ),
        migrations.AddConstraint(
            model_name="salesnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("address", ""), _negated=True),
                fields=("address", "event", "kind"),
                name="told_once_each_address",
            ),
        ),
    ]
