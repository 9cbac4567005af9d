-- PostgreSQL runs this once, when its volume is empty. `article` is made by POSTGRES_DB.
CREATE DATABASE users;
CREATE DATABASE coordinator;
