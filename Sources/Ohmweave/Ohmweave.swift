// One import for those who use Ohmweave as a library.
@_exported import Circuits
@_exported import Crossbar
@_exported import DeviceModels
@_exported import Networks
@_exported import Training
