using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Crater.Diagnostics;
using Crater.Measurements;
using Xunit;

namespace Crater.Tests.Measurements;

/// <summary>A Prometheus of the test's own, in a folder of its own, on a free loopback port.</summary>
internal sealed class RealPrometheus : IDisposable
{
    private const string Program = "/usr/bin/prometheus";
    private readonly string _folder = Directory.CreateTempSubdirectory("crater-prometheus").FullName;
    private readonly Process _process;

    public RealPrometheus(Uri scraped)
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        var file = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(file, $"scrape_configs:\n- job_name: app\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\n  static_configs: [{{targets: ['{scraped.Authority}']}}]\n");
        var start = new ProcessStartInfo(Program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { $"--config.file={file}", $"--storage.tsdb.path={_folder}/data", $"--web.listen-address={Url.Authority}" })
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    public Uri Url { get; }

    public static void SkipUnlessThere() => Assert.SkipUnless(File.Exists(Program), "the Debian package prometheus is missing");

    public async Task<Reading> WaitForAsync(MetricQuery query)
    {
        for (var attempt = 0; attempt < 150; attempt++)
        {
            try
            {
                if (await PrometheusSourceTests.AskAsync(Url, query) is { } reading)
                {
                    return reading;
                }
            }
            catch (CraterException e) when (e.Code == "CRT7201")
            {
                // It is not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        throw new TimeoutException("Prometheus had no value within 30 s.");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
