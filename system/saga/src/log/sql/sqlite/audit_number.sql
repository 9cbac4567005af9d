SELECT number FROM saga_audit WHERE id = $1
