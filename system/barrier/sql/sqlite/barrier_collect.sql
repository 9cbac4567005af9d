DELETE FROM barrier WHERE saga >= $1 AND saga < $2
