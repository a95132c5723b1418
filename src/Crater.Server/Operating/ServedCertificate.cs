using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crater.Diagnostics;

namespace Crater.Server.Operating;

/// <summary>The certificate as it is in its files now: whoever renews it writes them anew and need not start us again.</summary>
/// <param name="options">The options that name the files, for who has to give others.</param>
internal sealed class ServedCertificate(string certificateFile, string keyFile, string options) : IDisposable
{
    private readonly Lock _gate = new();
    private X509Certificate2? _current;
    private DateTime _writtenAt;

    /// <exception cref="CraterException">CRT8402: there is none that can be read, and there was none before.</exception>
    public X509Certificate2 Current()
    {
        lock (_gate)
        {
            try
            {
                var writtenAt = File.GetLastWriteTimeUtc(certificateFile);
                if (_current is null || writtenAt != _writtenAt)
                {
                    using var read = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
                    (_current, _writtenAt) = (Usable(read), writtenAt);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException && _current is null)
            {
                throw new CraterException("CRT8402", $"The certificate cannot be read from {certificateFile} and {keyFile}: {e.Message} Give PEM files with {options}.", e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // In the middle of being written anew: the one before is good until it is not.
            }

            return _current!;
        }
    }

    /// <summary>One that lives as long as this process and that nobody can know: it keeps a conversation secret, and proves nothing.</summary>
    public static X509Certificate2 OfThisProcess(string name, TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(clock.GetUtcNow().AddHours(-1), clock.GetUtcNow().AddYears(10));
        return Usable(made);
    }

    public void Dispose() => _current?.Dispose();

    private static X509Certificate2 Usable(X509Certificate2 read) => X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
}
