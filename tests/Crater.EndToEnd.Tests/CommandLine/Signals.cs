namespace Crater.EndToEnd.Tests.CommandLine;

/// <summary>Linux' numbers of the signals that the tests send.</summary>
internal static class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int UserOne = 10;
    public const int UserTwo = 12;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;
}
