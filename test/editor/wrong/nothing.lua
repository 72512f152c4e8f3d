local key = agi.get_option("vm-press", "12")
print(key:upper()) --> need-check-nil
