namespace toyota2mqtt::vehicle {}
