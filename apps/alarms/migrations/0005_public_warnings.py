"""Warnings to the public; what was issued keeps its words, and nothing is deleted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Only how it ends may still be written once it waits no longer.
FORWARD = """
CREATE TRIGGER alarms_publicwarning_keep BEFORE UPDATE ON alarms_publicwarning
    FOR EACH ROW WHEN (OLD.state <> 'waiting'
        AND (to_jsonb(NEW) - ARRAY['state', 'lifted_at', 'lifted_by_id', 'outcome']
            IS DISTINCT FROM to_jsonb(OLD) - ARRAY['state', 'lifted_at', 'lifted_by_id', 'outcome']
            OR OLD.state IN ('lifted', 'refused')))
    EXECUTE FUNCTION alarms_refuse_rewrite();
CREATE TRIGGER alarms_publicwarning_no_delete BEFORE DELETE ON alarms_publicwarning
    FOR EACH ROW EXECUTE FUNCTION alarms_refuse_rewrite();
"""
BACKWARD = """
DROP TRIGGER alarms_publicwarning_no_delete ON alarms_publicwarning;
DROP TRIGGER alarms_publicwarning_keep ON alarms_publicwarning;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_factors'),
        ('alarms', '0004_watch_rounds'),
        ('places', '0003_cells'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PublicWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(verbose_name='幂等键')),
                ('level', models.PositiveSmallIntegerField(choices=[(1, '蓝色'), (2, '黄色'), (3, '橙色'), (4, '红色')], verbose_name='级别')),
                ('title', models.CharField(max_length=80, verbose_name='标题')),
                ('text', models.CharField(max_length=1000, verbose_name='情况说明')),
                ('area_path', models.CharField(max_length=255, verbose_name='区域路径')),
                ('audience', models.CharField(max_length=200, verbose_name='告知对象')),
                ('action', models.CharField(max_length=500, verbose_name='应采取的措施')),
                ('lift', models.CharField(max_length=300, verbose_name='解除条件')),
                ('until_at', models.DateTimeField(null=True, verbose_name='预计持续至')),
                ('state', models.CharField(choices=[('waiting', '待签发'), ('issued', '发布中'), ('lifted', '已解除'), ('refused', '未发布')], default='waiting', max_length=10, verbose_name='状态')),
                ('made_at', models.DateTimeField(verbose_name='拟稿时间')),
                ('issued_at', models.DateTimeField(null=True, verbose_name='发布时间')),
                ('lifted_at', models.DateTimeField(null=True, verbose_name='解除时间')),
                ('outcome', models.CharField(blank=True, default='', max_length=300, verbose_name='解除或未发布的原因')),
                ('alarm', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='warnings', to='alarms.alarm', verbose_name='告警')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area', verbose_name='影响区域')),
                ('checked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='解除人')),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='拟稿人')),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='alarms.publicwarning', verbose_name='接替的预警')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant')),
            ],
            options={
                'verbose_name': '公众预警',
                'verbose_name_plural': '公众预警',
                'ordering': ['-pk'],
                'permissions': [('issue_warnings', '拟发和解除公众预警'), ('approve_warnings', '签发公众预警')],
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'issued')), fields=['-level', '-issued_at'], name='public_warning_standing')],
                'constraints': [models.UniqueConstraint(fields=('tenant', 'key'), name='public_warning_once'), models.CheckConstraint(condition=models.Q(models.Q(('made_by', models.F('checked_by')), _negated=True), ('checked_by__isnull', True), _connector='OR'), name='public_warning_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['issued', 'lifted']), _negated=True), models.Q(('checked_by__isnull', False), ('issued_at__isnull', False)), _connector='OR'), name='public_warning_issued_by'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'lifted'), _negated=True), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False)), _connector='OR'), name='public_warning_lifted_by')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
