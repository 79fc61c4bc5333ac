namespace toyota2mqtt::abrp {}
