"""Programs that are told of observations by MQTT."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gateway', '0008_connector_dialect'),
        ('sensing', '0003_neighbour_flaw'),
        ('sensorthings', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Follower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='订阅时间')),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.apiclient', verbose_name='接口客户端')),
                ('series', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sta_followers', to='sensing.datastream', verbose_name='数据流')),
            ],
            options={
                'verbose_name': '观测值订阅',
                'verbose_name_plural': '观测值订阅',
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('client', 'series'), name='sta_follower_once')],
            },
        ),
    ]
