namespace toyota2mqtt::config {}
