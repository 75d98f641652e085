import type { City } from '../../city/index.ts';

/** The variables that the source list of the simulated subdistrict (`connectors/sources.example.yaml`) refers to. */
export function cityEnvironment({ endpoints }: Pick<City, 'endpoints'>): Readonly<Record<string, string>> {
  const { grid, offices, police, inbox, parking, signal, camera } = endpoints;
  return {
    GRID_URL: grid.url,
    GRID_CLIENT_ID: grid.clientId,
    GRID_CLIENT_SECRET: grid.clientSecret,
    OFFICES_DATABASE: offices.url,
    INBOX: inbox.folder,
    POLICE_URL: police.url,
    POLICE_API_KEY: police.apiKey,
    PARKING_URL: parking.url,
    PARKING_APP_KEY: parking.appKey,
    PARKING_WEBHOOK_SECRET: parking.webhookSecret,
    SIGNAL_URL: signal.url,
    SIGNAL_TOKEN: signal.token,
    CAMERA_URL: camera.url,
    CAMERA_USERNAME: camera.username,
    CAMERA_PASSWORD: camera.password,
  };
}
