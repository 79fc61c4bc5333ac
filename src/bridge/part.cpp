namespace toyota2mqtt::bridge {}
