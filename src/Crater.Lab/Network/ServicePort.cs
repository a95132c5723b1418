namespace Crater.Lab.Network;

/// <summary>One port of one service.</summary>
internal readonly record struct ServicePort(string Namespace, string Service, string PortName, int Port);
