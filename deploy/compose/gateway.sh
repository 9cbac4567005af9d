#!/bin/sh
# Puts the names of the containers into the gateway's configuration, in place of the addresses on one machine.
set -eu
sed -e 's/127\.0\.0\.1:8080/coordinator:8080/' \
    -e 's/127\.0\.0\.1:8081/article:8080/' \
    -e 's/127\.0\.0\.1:8082/user:8080/' \
    -e 's/listen 127\.0\.0\.1:8000/listen 8000/' \
    /etc/nginx/likewise.conf > /etc/nginx/conf.d/default.conf
