from django.db import migrations

# kind, severity (1 watch, 2 tell at once), words; a word after a stroke takes the warning back.
WORDS = [
    ("self_harm", 2, [
        "不想活", "活不下去", "自杀", "轻生", "跳楼|跳楼机,跳楼价", "跳河", "割腕", "了结生命", "遗书",
        "死给你们看", "喝农药", "一了百了",
    ]),
    ("threat", 2, [
        "杀了你", "杀了他", "杀人|谋杀案,刹人", "砍死", "同归于尽", "弄死", "打死", "报复社会", "血洗", "捅死",
    ]),
    ("explosive", 2, [
        "炸弹", "炸药", "引爆", "炸楼", "炸掉", "汽油弹", "泼汽油", "煤气罐点", "纵火", "放火烧", "自焚",
    ]),
    ("crowd", 2, [
        "集体上访", "聚众", "围堵", "拉横幅", "堵路|交通堵路", "游行", "静坐", "集体维权", "组织业主到", "罢工", "罢运",
    ]),
    ("emotion", 1, [
        "忍无可忍", "气死", "欺人太甚", "走投无路", "逼死", "欲哭无泪", "丧尽天良", "天理难容", "求求你们", "崩溃",
    ]),
]


def add(apps, schema_editor):
    word_of = apps.get_model("nlp", "DangerWord")
    rows = []
    for kind, severity, words in WORDS:
        for entry in words:
            word, _stroke, unless = entry.partition("|")
            rows.append(word_of(kind=kind, word=word, severity=severity, unless=unless))
    word_of.objects.bulk_create(rows, ignore_conflicts=True)


class Migration(migrations.Migration):

    dependencies = [("nlp", "0002_text_models")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
