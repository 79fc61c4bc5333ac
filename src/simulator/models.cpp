namespace toyota2mqtt::simulator {}
