export * from '../../demo/fakes/certificates.ts';
