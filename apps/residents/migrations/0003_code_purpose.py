from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('residents', '0002_former_phones'),
    ]

    operations = [
        migrations.AddField(
            model_name='signincode',
            name='purpose',
            field=models.CharField(choices=[('sign_in', '登录'), ('phone_change', '更换手机号')], db_default='sign_in', default='sign_in', max_length=20, verbose_name='用途'),
        ),
        migrations.AlterModelOptions(
            name='signincode',
            options={'default_permissions': (), 'verbose_name': '公众短信验证码', 'verbose_name_plural': '公众短信验证码'},
        ),
    ]
