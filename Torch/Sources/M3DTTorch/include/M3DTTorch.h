// What this library exports is declared in CTorchBridge.h, through which alone it is called.
