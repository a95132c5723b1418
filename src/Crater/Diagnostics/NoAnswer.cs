using System.Net.Sockets;

namespace Crater.Diagnostics;

/// <summary>The ways in which HTTP ends without an answer.</summary>
public static class NoAnswer
{
    /// <summary>
    /// Whether the other side, or the way to it, failed. A connection that its peer resets at once makes the framework's client throw the
    /// socket's own error, bare, where one would expect an <see cref="HttpRequestException"/>; whoever catches only that one is surprised by a dying peer,
    /// which is what this product is about.
    /// </summary>
    public static bool Is(Exception error) => error is HttpRequestException or IOException or SocketException;
}
