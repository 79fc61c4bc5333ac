namespace toyota2mqtt::toyota {}
