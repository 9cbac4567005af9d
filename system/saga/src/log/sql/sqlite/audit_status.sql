SELECT status FROM saga_states WHERE id = $1
