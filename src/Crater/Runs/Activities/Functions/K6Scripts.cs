namespace Crater.Runs.Activities.Functions;

/// <summary>The scripts that k6 gets on its standard input. They take what they ask for from the environment variables that existing scripts know.</summary>
internal static class K6Scripts
{
    /// <summary>Asks as fast as it can; the first answer that is not 200 ends it.</summary>
    public const string Stress = """
        import http from 'k6/http';
        import { Rate } from 'k6/metrics';

        const missed = new Rate('missed');
        export const options = { thresholds: { missed: [{ threshold: 'rate==0', abortOnFail: true }] } };

        export default function () {
          missed.add(http.get(__ENV.CHAOS_K6_URL).status !== 200);
        }
        """;

    /// <summary>Asks as it is told; an unexpected status ends it, and so does not a single answer.</summary>
    public const string Probe = """
        import http from 'k6/http';
        import { Counter, Rate } from 'k6/metrics';

        const answered = new Counter('answered');
        const missed = new Rate('missed');
        const expected = Number(__ENV.CHAOS_K6_STATUS);
        const method = __ENV.CHAOS_K6_METHOD.toUpperCase();
        const settings = {
          headers: JSON.parse(__ENV.CHAOS_K6_HEADERS || '{}'),
          timeout: `${Number(__ENV.CHAOS_K6_HTTP_TIMEOUT) * 1000}ms`,
        };

        export const options = {
          discardResponseBodies: true,
          vus: Number(__ENV.CHAOS_K6_VUS || 1),
          duration: __ENV.CHAOS_K6_DURATION || '1s',
          thresholds: {
            answered: ['count>0'],
            missed: [{ threshold: 'rate==0', abortOnFail: true }],
          },
        };

        export default function () {
          const body = method === 'GET' ? null : __ENV.CHAOS_K6_BODY;
          const response = http.request(method, __ENV.CHAOS_K6_URL, body, settings);
          answered.add(1);
          missed.add(response.status !== expected);
        }
        """;
}
