INSERT OVERWRITE TABLE dws.orders_by_day
SELECT to_date(created_at) AS day, sum(amount) AS amount FROM ods.orders GROUP BY to_date(created_at);
