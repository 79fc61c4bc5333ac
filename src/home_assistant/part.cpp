namespace toyota2mqtt::home_assistant {}
