using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Crater.EndToEnd.Tests.Shop;

/// <summary>One role of the shop as a real process on loopback, started by the test and ended with it.</summary>
internal sealed class ShopPod : IAsyncDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly HttpClient _http;

    private ShopPod(Process process, Uri url)
    {
        _process = process;
        Url = url;
        // No pool: a test that kills a process must not be answered by an old connection's error.
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(20) };
    }

    public Uri Url { get; }

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Starts a role and waits until it listens.</summary>
    /// <param name="settings">Environment as <c>NAME=value</c>; a setting <c>PORT</c> is only needed where others must know it beforehand.</param>
    public static async Task<ShopPod> StartAsync(string role, params string[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "shop")) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("--role");
        start.ArgumentList.Add(role);
        start.Environment["PORT"] = "0";
        foreach (var setting in settings)
        {
            var parts = setting.Split('=', 2);
            start.Environment[parts[0]] = parts[1];
        }

        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(Stop) is { } line)
        {
            if (JsonNode.Parse(line) is { } json && (string?)json["message"] == "listening")
            {
                // Keep the pipes empty, so that a chatty role never waits for the test.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                return new ShopPod(process, new Uri((string)json["address"]!));
            }
        }

        throw new InvalidOperationException($"{role} ended before it listened: {await process.StandardError.ReadToEndAsync(Stop)}");
    }

    /// <summary>Like <see cref="StartAsync"/>, and waits until it is ready for traffic.</summary>
    public static async Task<ShopPod> StartReadyAsync(string role, params string[] settings)
    {
        var pod = await StartAsync(role, settings);
        await Eventually.TrueAsync(async () => (await pod.GetAsync("/ready")).Status == 200, $"{role} is ready");
        return pod;
    }

    /// <summary>A port that was free a moment ago, for processes that must know each other before either runs.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public Task<ShopAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<ShopAnswer> PostAsync(string path, JsonNode? body = null) => SendAsync(HttpMethod.Post, path, body);

    public async Task<ShopAnswer> SendAsync(HttpMethod method, string path, JsonNode? body = null, long? expected = null)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        if (expected is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{expected}\"");
        }

        using var response = await _http.SendAsync(request, Stop);
        _ = long.TryParse(response.Headers.ETag?.Tag.Trim('"'), out var version);
        return new ShopAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(Stop), version);
    }

    /// <summary>The value of one series of <c>/metrics</c>; null when it is not there.</summary>
    public async Task<double?> MetricAsync(string series)
    {
        var line = (await GetAsync("/metrics")).Text.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(Stop);
    }

    /// <summary>SIGTERM; returns at once.</summary>
    public void Terminate() => Assert.Equal(0, kill(_process.Id, SigTerm));

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(Stop);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}

internal sealed record ShopAnswer(int Status, string Text, long Version)
{
    public JsonNode Json => JsonNode.Parse(Text)!;
}
