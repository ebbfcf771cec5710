import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from apps.places.slips import SPELT, slip_keys


def add_slips(apps, schema_editor):
    """Entries of earlier versions are found despite a slip too."""
    key_model = apps.get_model("places", "GazetteerKey")
    slip_model = apps.get_model("places", "GazetteerSlip")
    held = key_model.objects.filter(entry__kind__in=sorted(SPELT)).values_list("entry_id", "key")
    batch = []
    for entry_id, key in held.iterator(chunk_size=2000):
        batch += [slip_model(entry_id=entry_id, key=slip) for slip in sorted(slip_keys(key))]
        if len(batch) > 5000:
            slip_model.objects.bulk_create(batch, ignore_conflicts=True)
            batch = []
    slip_model.objects.bulk_create(batch, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [
        ('common', '0001_extensions'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='GazetteerImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file_name', models.CharField(max_length=200, verbose_name='文件名')),
                ('sha256', models.CharField(max_length=64, verbose_name='摘要')),
                ('content', models.BinaryField(blank=True, default=b'', verbose_name='内容')),
                ('crs', models.CharField(max_length=20, verbose_name='坐标系')),
                ('source', models.CharField(max_length=120, verbose_name='来源')),
                ('state', models.CharField(choices=[('previewed', '已预览'), ('applied', '已写入')], default='previewed', max_length=12, verbose_name='状态')),
                ('summary', models.JSONField(default=dict, verbose_name='摘要信息')),
                ('actor_id', models.CharField(blank=True, default='', max_length=40, verbose_name='操作人编号')),
                ('actor_name', models.CharField(max_length=100, verbose_name='操作人')),
                ('created_at', models.DateTimeField(verbose_name='上传时间')),
                ('applied_at', models.DateTimeField(null=True, verbose_name='写入时间')),
            ],
            options={
                'verbose_name': '地名导入',
                'verbose_name_plural': '地名导入',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ReadingMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.SlugField(unique=True, verbose_name='来源')),
                ('last_id', models.BigIntegerField(default=0, verbose_name='已读到')),
            ],
            options={
                'verbose_name': '读取进度',
                'verbose_name_plural': '读取进度',
            },
        ),
        migrations.AddField(
            model_name='gazetteerentry',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='停用时间'),
        ),
        migrations.AddField(
            model_name='gazetteerentry',
            name='closed_note',
            field=models.CharField(blank=True, default='', max_length=200, verbose_name='停用原因'),
        ),
        migrations.AlterField(
            model_name='gazetteerentry',
            name='kind',
            field=models.CharField(choices=[('unit', '单元'), ('building', '楼栋'), ('number', '门牌'), ('junction', '路口'), ('poi', '兴趣点'), ('stop', '公交站'), ('pole', '灯杆'), ('estate', '小区'), ('road', '道路'), ('area', '区域')], max_length=12, verbose_name='类别'),
        ),
        migrations.CreateModel(
            name='UnplacedText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stem', models.CharField(max_length=120, verbose_name='未识别部分')),
                ('sample', models.CharField(max_length=300, verbose_name='原文')),
                ('area_path', models.CharField(max_length=200, verbose_name='区域路径')),
                ('cause', models.CharField(choices=[('unplaced', '未能定位'), ('by_hand', '人工选点')], max_length=10, verbose_name='原因')),
                ('times', models.PositiveIntegerField(default=0, verbose_name='次数')),
                ('point', django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326, verbose_name='人工选点')),
                ('first_at', models.DateTimeField(verbose_name='首次出现')),
                ('last_at', models.DateTimeField(verbose_name='最近出现')),
                ('state', models.CharField(choices=[('open', '待处理'), ('solved', '已入库'), ('ignored', '已忽略')], default='open', max_length=10, verbose_name='状态')),
                ('note', models.CharField(blank=True, default='', max_length=200, verbose_name='处理说明')),
                ('decided_by', models.CharField(blank=True, default='', max_length=100, verbose_name='处理人')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='处理时间')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.area', verbose_name='所在区域')),
                ('entry', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='places.gazetteerentry', verbose_name='对应地名')),
            ],
            options={
                'verbose_name': '未匹配地址',
                'verbose_name_plural': '未匹配地址',
            },
        ),
        migrations.CreateModel(
            name='UnplacedReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('origin', models.CharField(max_length=60, unique=True, verbose_name='来源编号')),
                ('text', models.CharField(max_length=300, verbose_name='原文')),
                ('point', django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326, verbose_name='人工选点')),
                ('reported_at', models.DateTimeField(verbose_name='出现时间')),
                ('unplaced', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='places.unplacedtext')),
            ],
            options={
                'verbose_name': '未匹配地址的一次出现',
                'verbose_name_plural': '未匹配地址的各次出现',
                'ordering': ['-reported_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='GazetteerSlip',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=120, verbose_name='检索键')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='slips', to='places.gazetteerentry')),
            ],
            options={
                'verbose_name': '近似检索键',
                'verbose_name_plural': '近似检索键',
                'constraints': [models.UniqueConstraint(fields=('key', 'entry'), name='gazetteer_slip_once')],
            },
        ),
        migrations.AddIndex(
            model_name='unplacedtext',
            index=django.contrib.postgres.indexes.GinIndex(fields=['stem'], name='unplaced_stem_trgm', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddIndex(
            model_name='unplacedtext',
            index=models.Index(fields=['state', '-times', '-id'], name='unplaced_queue'),
        ),
        migrations.RunPython(add_slips, migrations.RunPython.noop),
    ]
