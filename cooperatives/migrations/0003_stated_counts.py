from django.db import migrations, models

KINDS = [
    ("accounts", "Akun SIMKOPDES"),
    ("npwp", "NPWP"),
    ("nib", "NIB"),
    ("rat", "RAT"),
    ("simpanan_pokok_rp", "Simpanan pokok"),
    ("simpanan_pokok_members", "Anggota dengan simpanan pokok"),
    ("simpanan_wajib_rp", "Simpanan wajib"),
    ("simpanan_wajib_members", "Anggota dengan simpanan wajib"),
    ("transaction_volume", "Volume transaksi"),
    ("transaction_value_rp", "Nilai transaksi"),
]


class Migration(migrations.Migration):
    dependencies = [("cooperatives", "0002_wall")]

    operations = [
        migrations.AlterField(
            model_name="figure",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=30, verbose_name="angka"),
        ),
    ]
