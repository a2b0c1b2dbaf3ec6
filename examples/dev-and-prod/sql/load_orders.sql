INSERT OVERWRITE TABLE ods.orders
SELECT id, customer, amount, created_at FROM shop.orders;
