\set id random(1, 20)
BEGIN;
SELECT id, name, price FROM items WHERE id = :id;
INSERT INTO notes VALUES (:id, 'note');
END;
