// The layer's files stand beside this one.
