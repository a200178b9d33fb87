import Testing

@Suite struct DeviceModelsTests {}
