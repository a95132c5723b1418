using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Crater.Kubernetes.Client;

/// <summary>
/// Credentials from an <see cref="ExecPlugin"/>, kept until they run out or are refused. It runs once at a time and for everybody who waits; one whose
/// request ran into its time limit leaves it running, so that the next has the answer.
/// </summary>
internal sealed class ExecCredentials(ExecPlugin plugin, TimeProvider clock) : ICredentialSource, IDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _over = new();
    private Task<Credential>? _running;
    private Credential? _last;
    private DateTimeOffset? _ends;

    public async ValueTask<Credential> GetAsync(CancellationToken abort)
    {
        Task<Credential> running;
        lock (_gate)
        {
            if (_last is not null && (_ends is null || clock.GetUtcNow() < _ends))
            {
                return _last;
            }

            running = Run();
        }

        return await running.WaitAsync(abort);
    }

    public async ValueTask<Credential?> RenewAsync(Credential refused, CancellationToken abort)
    {
        Task<Credential> running;
        lock (_gate)
        {
            if (_last is { } newer && !ReferenceEquals(newer, refused))
            {
                return newer;
            }

            running = Run();
        }

        return await running.WaitAsync(abort);
    }

    public void Dispose()
    {
        _over.Cancel();
        _over.Dispose();
    }

    private Task<Credential> Run() => _running is { IsCompleted: false } running ? running : _running = Task.Run(AskAsync);

    private async Task<Credential> AskAsync()
    {
        var status = await plugin.RunAsync(clock, _over.Token);
        var (credential, ends) = Read(status);
        lock (_gate)
        {
            (_last, _ends) = (credential, ends);
        }

        return credential;
    }

    private (Credential Credential, DateTimeOffset? Ends) Read(JsonObject status)
    {
        DateTimeOffset? ends = null;
        if (status.Text("expirationTimestamp") is { Length: > 0 } text)
        {
            ends = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time : throw plugin.Failed("answered with an expirationTimestamp that is no time");
        }

        var (certificate, key) = (status.Text("clientCertificateData"), status.Text("clientKeyData"));
        if (certificate.Length > 0 != key.Length > 0)
        {
            throw plugin.Failed("answered with a client certificate or its key, but not both");
        }

        try
        {
            return (new Credential
            {
                Header = Credential.Bearer(status.Text("token")),
                Certificate = certificate.Length > 0 ? ClientCertificate.Read(Encoding.UTF8.GetBytes(certificate), Encoding.UTF8.GetBytes(key)) : null,
            }, ends);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw plugin.Failed("answered with a client certificate that cannot be used");
        }
    }
}
