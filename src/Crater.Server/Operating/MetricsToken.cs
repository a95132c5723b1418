using System.Net;
using System.Security.Cryptography;
using System.Text;
using Crater.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Crater.Server.Operating;

/// <summary>The bearer of who may read /metrics, read from its file for every request, so that it is changed or taken away at once.</summary>
/// <param name="file">Empty where only this machine can ask.</param>
internal sealed class MetricsToken(string file)
{
    /// <exception cref="CraterException">CRT8402: metrics would be open to everyone, or the token cannot be read.</exception>
    public static MetricsToken Of(string file, IPEndPoint listen)
    {
        var token = new MetricsToken(file);
        if (file.Length == 0 && !IPAddress.IsLoopback(listen.Address))
        {
            throw new CraterException("CRT8402", $"/metrics would be open to everyone who reaches {listen}. Give --metrics-token-file FILE, or listen on 127.0.0.1.");
        }

        try
        {
            return file.Length == 0 || token.Text().Length > 0 ? token : throw new CraterException("CRT8402", $"{file} is empty. Write the token into it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CraterException("CRT8402", $"The token for /metrics cannot be read from {file}: {e.Message}", e);
        }
    }

    /// <summary>Whether a request may see what the token is for. A file that cannot be read opens to nobody.</summary>
    public bool IsShownBy(HttpRequest request)
    {
        if (file.Length == 0)
        {
            return true;
        }

        try
        {
            return Text() is { Length: > 0 } token && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string Text() => File.ReadAllText(file).Trim();
}
