"""The backend of Django."""

import django
from django.conf import settings

from tasks import DATABASE, HOST, PASSWORD, PORT, ROWS, USER, expect, main

settings.configure(
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": USER,
            "PASSWORD": PASSWORD,
            "HOST": HOST,
            "PORT": PORT,
        }
    },
    INSTALLED_APPS=[],
)
django.setup()

from django.db import DatabaseError, connection, models, transaction


class Item(models.Model):
    id = models.IntegerField(primary_key=True)
    name = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    added = models.DateTimeField()

    class Meta:
        app_label, db_table, managed = "shop", "items", False


def connect():
    connection.ensure_connection()
    connection.close()


def scram():
    expect(Item.objects.count(), 20)
    connection.close()


def parameters():
    found = Item.objects.filter(models.Q(id=2) | models.Q(name="item 5")).order_by("id")
    expect([item.id for item in found], [2, 5])
    connection.close()


def batch():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO notes VALUES (%s, %s)", [(1, "a"), (2, "b")])
    connection.close()


def error():
    try:
        with transaction.atomic():
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
    except DatabaseError:
        expect(Item.objects.get(id=3).name, "item 3")
    connection.close()


def cursor():
    expect(sum(1 for _ in Item.objects.order_by("id").iterator(chunk_size=6)), 20)
    connection.close()


def types():
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM kinds")
        expect(len(cursor.fetchall()), 2)
    connection.close()


def large():
    with connection.cursor() as cursor:
        cursor.execute("SELECT i, md5(i::text) FROM generate_series(1, %s) AS i", [ROWS])
        expect(len(cursor.fetchall()), ROWS)
    connection.close()


main(f"Django {django.__version__}", globals())
