"""The life of a version, who offers and uses matters, the inventory, moves of running cases.

Versions published before had no span: each gets the one from its publication to the next's.
A trigger keeps what was submitted as it is, and keeps it at all.
"""

import apps.matters.models.matter
import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SPANS = """
update matters_matterversion v set effective_from = s.since, effective_until = s.until
from (
    select id, published_at as since, lead(published_at) over (
        partition by matter_type_id order by published_at, number) as until
    from matters_matterversion where published_at is not null
) s where s.id = v.id;
update matters_matterversion set effective_until = greatest(effective_from, now())
where state = 'retired' and effective_until is null;
"""
FORWARD = """
create function matters_keep_version() returns trigger language plpgsql as $$
begin
    raise exception 'a submitted definition is never changed (%)', tg_op
        using errcode = 'restrict_violation';
end
$$;
create trigger matter_version_immutable before update on matters_matterversion
    for each row when (
        old.state <> 'draft' and (
            new.body is distinct from old.body
            or new.number is distinct from old.number
            or new.matter_type_id is distinct from old.matter_type_id
            or new.author_id is distinct from old.author_id
            or (old.state in ('published', 'retired') and new.state in ('draft', 'submitted'))
        )
    ) execute function matters_keep_version();
create trigger matter_version_kept before delete on matters_matterversion
    for each row when (old.state in ('published', 'retired'))
    execute function matters_keep_version();
"""
BACKWARD = """
drop trigger matter_version_kept on matters_matterversion;
drop trigger matter_version_immutable on matters_matterversion;
drop function matters_keep_version();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('common', '0001_extensions'),  # btree_gist
        ('gateway', '0001_initial'),
        ('matters', '0002_series_and_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseMigration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='创建时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('mapping', models.JSONField(verbose_name='状态对应')),
                ('note', models.CharField(max_length=500, verbose_name='说明')),
                ('state', models.CharField(choices=[('submitted', '待复核'), ('running', '迁移中'), ('done', '已完成'), ('refused', '未通过')], default='submitted', max_length=10, verbose_name='状态')),
                ('review_note', models.CharField(blank=True, default='', max_length=500, verbose_name='复核意见')),
                ('moved', models.PositiveIntegerField(default=0, verbose_name='已迁移')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='完成时间')),
            ],
            options={
                'verbose_name': '案件迁移',
                'verbose_name_plural': '案件迁移',
                'ordering': ['-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='InventoryItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='创建时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('name', models.CharField(max_length=80, verbose_name='事项名称')),
                ('kind', models.CharField(blank=True, choices=[('service', '政务服务'), ('supervision', '监管'), ('operation', '城市运行'), ('office', '协同办公')], default='', max_length=12, verbose_name='类型')),
                ('audience', models.CharField(blank=True, default='', max_length=200, verbose_name='服务对象')),
                ('legal_basis', models.CharField(blank=True, default='', max_length=500, verbose_name='法律依据')),
                ('promise', models.CharField(blank=True, default='', max_length=40, verbose_name='承诺时限')),
                ('fee', models.CharField(blank=True, default='', max_length=200, verbose_name='收费')),
                ('state', models.CharField(choices=[('draft', '待核对'), ('checked', '已核对'), ('confirmed', '已确认')], default='draft', max_length=10, verbose_name='状态')),
                ('returned_note', models.CharField(blank=True, default='', max_length=500, verbose_name='退回意见')),
                ('checked_at', models.DateTimeField(null=True, verbose_name='核对时间')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='确认时间')),
            ],
            options={
                'verbose_name': '事项清单',
                'verbose_name_plural': '事项清单',
                'ordering': ['organization', 'name'],
                'permissions': [('fill_inventory', '填报本单位事项清单')],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='MatterApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='创建时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('name', models.CharField(max_length=80, verbose_name='应用名称')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
            ],
            options={
                'verbose_name': '关联应用',
                'verbose_name_plural': '关联应用',
                'ordering': ['matter_type', 'name'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='MatterOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='创建时间')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('note', models.CharField(blank=True, default='', max_length=300, verbose_name='说明')),
                ('is_active', models.BooleanField(default=True, verbose_name='提供中')),
            ],
            options={
                'verbose_name': '事项提供',
                'verbose_name_plural': '事项提供',
                'ordering': ['tenant', 'matter_type'],
                'default_permissions': (),
            },
        ),
        migrations.AlterModelOptions(
            name='mattertype',
            options={'ordering': ['code'], 'permissions': [('edit_matters', '编制事项'), ('publish_matters', '复核并发布事项')], 'verbose_name': '事项', 'verbose_name_plural': '事项'},
        ),
        migrations.AddField(
            model_name='matterdomain',
            name='is_active',
            field=models.BooleanField(default=True, verbose_name='启用'),
        ),
        migrations.AddField(
            model_name='matterdomain',
            name='note',
            field=models.CharField(blank=True, default='', max_length=300, verbose_name='说明'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='author',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='编写人'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='effective_from',
            field=models.DateTimeField(null=True, verbose_name='生效时间'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='effective_until',
            field=models.DateTimeField(null=True, verbose_name='失效时间'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='note',
            field=models.CharField(blank=True, default='', max_length=500, verbose_name='变更说明'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='review_note',
            field=models.CharField(blank=True, default='', max_length=500, verbose_name='复核意见'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='reviewer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='复核人'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='revision',
            field=models.PositiveIntegerField(default=1, verbose_name='修订次数'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='saved_at',
            field=models.DateTimeField(null=True, verbose_name='保存时间'),
        ),
        migrations.AddField(
            model_name='matterversion',
            name='submitted_at',
            field=models.DateTimeField(null=True, verbose_name='提交时间'),
        ),
        migrations.AlterField(
            model_name='matterversion',
            name='state',
            field=models.CharField(choices=[('draft', '草稿'), ('submitted', '待复核'), ('published', '已发布'), ('retired', '已停用')], default='draft', max_length=10, verbose_name='状态'),
        ),
        migrations.RunSQL(SPANS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='matterversion',
            constraint=models.CheckConstraint(condition=models.Q(('reviewer__isnull', True), models.Q(('reviewer', models.F('author')), _negated=True), _connector='OR'), name='matter_version_second_person', violation_error_message='编写人不能复核自己的版本'),
        ),
        migrations.AddConstraint(
            model_name='matterversion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'submitted']), models.Q(('effective_from__isnull', False), ('published_at__isnull', False), models.Q(('author__isnull', True), ('reviewer__isnull', False), _connector='OR')), _connector='OR'), name='matter_version_published_whole'),
        ),
        migrations.AddConstraint(
            model_name='matterversion',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ['published', 'retired'])), expressions=[('matter_type', '='), (apps.matters.models.matter.TsTzRange('effective_from', 'effective_until'), '&&')], name='matter_version_one_in_force'),
        ),
        migrations.AddField(
            model_name='casemigration',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人'),
        ),
        migrations.AddField(
            model_name='casemigration',
            name='matter_type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='migrations', to='matters.mattertype'),
        ),
        migrations.AddField(
            model_name='casemigration',
            name='reviewer',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='复核人'),
        ),
        migrations.AddField(
            model_name='casemigration',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.matterversion', verbose_name='原版本'),
        ),
        migrations.AddField(
            model_name='casemigration',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.matterversion', verbose_name='目标版本'),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='checked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='confirmed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='domain',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='matters.matterdomain', verbose_name='业务领域'),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='matter_type',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inventory', to='matters.mattertype', verbose_name='事项'),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization', verbose_name='部门'),
        ),
        migrations.AddField(
            model_name='inventoryitem',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant'),
        ),
        migrations.AddField(
            model_name='matterapplication',
            name='client',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='gateway.apiclient', verbose_name='接口客户端'),
        ),
        migrations.AddField(
            model_name='matterapplication',
            name='matter_type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='matters.mattertype'),
        ),
        migrations.AddField(
            model_name='matteroffer',
            name='matter_type',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='matters.mattertype'),
        ),
        migrations.AddField(
            model_name='matteroffer',
            name='tenant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.tenant', verbose_name='提供单位所属租户'),
        ),
        migrations.AddConstraint(
            model_name='casemigration',
            constraint=models.CheckConstraint(condition=models.Q(('reviewer__isnull', True), models.Q(('reviewer', models.F('author')), _negated=True), _connector='OR'), name='case_migration_second_person', violation_error_message='提出人不能复核自己的迁移'),
        ),
        migrations.AddConstraint(
            model_name='casemigration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['running', 'done']), _negated=True), ('reviewer__isnull', False), _connector='OR'), name='case_migration_approved'),
        ),
        migrations.AddConstraint(
            model_name='casemigration',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['submitted', 'running'])), fields=('source',), name='case_migration_one_open'),
        ),
        migrations.AddIndex(
            model_name='inventoryitem',
            index=models.Index(fields=['tenant', 'state'], name='inventory_by_state'),
        ),
        migrations.AddConstraint(
            model_name='inventoryitem',
            constraint=models.UniqueConstraint(fields=('organization', 'name'), name='inventory_item_once'),
        ),
        migrations.AddConstraint(
            model_name='inventoryitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['checked', 'confirmed']), _negated=True), ('checked_by__isnull', False), _connector='OR'), name='inventory_item_checked'),
        ),
        migrations.AddConstraint(
            model_name='inventoryitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), ('confirmed_by__isnull', False), _connector='OR'), name='inventory_item_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='matterapplication',
            constraint=models.UniqueConstraint(fields=('matter_type', 'name'), name='matter_application_once'),
        ),
        migrations.AddConstraint(
            model_name='matteroffer',
            constraint=models.UniqueConstraint(fields=('tenant', 'matter_type'), name='matter_offer_once'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
