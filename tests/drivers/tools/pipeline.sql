\set id random(1, 20)
\startpipeline
SELECT id, name, price FROM items WHERE id = :id;
SELECT name FROM items WHERE id = :id;
\endpipeline
